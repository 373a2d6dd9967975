/* Small strategies, configurations and companies the integration tests share. */
#ifndef TESTS_INTEGRATION_COMPANY_H
#define TESTS_INTEGRATION_COMPANY_H

#define COMPANY_STRATEGY                                                        \
    "strategy: 1\n"                                                             \
    "name: Acme\n"                                                              \
    "objectives:\n"                                                             \
    "  - id: grow\n"                                                            \
    "    title: Multi-site clinics choose us first\n"                           \
    "    why: They decide once for all of their sites\n"                        \
    "    key_results:\n"                                                        \
    "      - { id: nps, title: Multi-site NPS, baseline: 40, target: 60,\n"     \
    "          start: 2026-10-01, by: 2027-12-31, unit: points,\n"              \
    "          owner: ana, check_in: 3650d }\n"                                        \
    "initiatives:\n"                                                            \
    "  - { id: onboarding, title: Onboard a second site in a day, moves: [nps],\n" \
    "      status: active }\n"                                                  \
    "  - { id: old-portal, title: The old portal, status: done }\n"             \
    "people: [{ id: ana, name: Ana }]\n"                                         \
    "buckets:\n"                                                                \
    "  - { id: ktlo, title: Run the business, share: 15%,\n"                    \
    "      match: { labels: [bug], types: [Bug] } }\n"

/* One GitHub repository, everything told at once; state and socket are left to systemd. */
#define COMPANY_UNPLACED(more)                                            \
    "strategy: strategy.yaml\n"                                           \
    "hours: always\n"                                                     \
    "sources:\n"                                                          \
    "  - { name: github, type: github, url: @URL@/github,\n"              \
    "      repos: [acme/web], token: { file: @DIR@/token }, interval: 1h }\n" \
    "channels:\n"                                                         \
    "  - { name: product, type: slack, url: { file: @DIR@/slack } }\n"    \
    "routes:\n"                                                           \
    "  - { channel: product, group_wait: 0s, group_interval: 0s, budget: off }\n"      \
    "rules:\n"                                                            \
    "  unlinked-work: { for: 0s }\n"                                      \
    "  unknown-link: { for: 0s }\n"                                       \
    "  retired-link: { for: 0s }\n" more

#define COMPANY_CONFIG(more)                                              \
    "state: @DIR@/state\n"                                                \
    "socket: @DIR@/alignd.sock\n" COMPANY_UNPLACED(more)

#endif
