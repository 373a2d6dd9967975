#include "ctl/commands.h"

#include "core/textkey.h"

#define O(o) ARGS_OPT(OPT_##o)

const struct command commands[] = {
    {"status", "status", "whether all is well, and what is not",
     "Sources with their last sync, channels, findings by rule, coverage. The first "
     "line "
     "says whether anything needs you; each problem comes with what to do.",
     0, 0, 0, cmd_status},
    {"doctor", "doctor [--sync] [--fail] [--config FILE]",
     "check everything alignd needs, and say how to mend it",
     "Each source: whether it can be reached, what its credentials may read, what was "
     "found out and chosen, its clock, its rate limit. Each channel, the files, the "
     "state directory, the socket. With --sync, every source is pulled first. With "
     "--fail, exits with 1 if anything is not well.\n"
     "Where alignd does not run, its configuration is checked, and how to start it is "
     "said.",
     O(SYNC) | O(FAIL) | O(CONFIG), 0, 0, cmd_doctor},
    {"drift",
     "drift [show ID] [--rule R] [--team T] [--scope S] [--severity S] [--all] "
     "[--fail]",
     "where work and strategy have come apart",
     "Lists what fires or is about to. With --all, what is over and what was there "
     "before "
     "it came into view, too. With --fail, exits with 1 if anything that matches "
     "fires.\n"
     "drift show ID explains one finding: why it matters, how to mend it, why it was "
     "or was "
     "not told, and what happened so far. The first characters of an ID are enough.",
     O(RULE) | O(TEAM) | O(SCOPE) | O(SEVERITY) | O(ALL) | O(FAIL) | O(LIMIT), 0, 2,
     cmd_drift},
    {"why", "why ITEM", "why an item exists: the chain up to the vision",
     "ITEM is a key, PAY-12 or acme/web#4; SOURCE:KEY where two sources use one key.",
     0, 1, 1, cmd_why},
    {"unlinked", "unlinked [--team T] [--scope S] [--at DATE]",
     "open epics that serve no initiative, oldest first",
     "An item leaves the list when it gets a link (a label or a line in its body in "
     "the "
     "tracker, or alignctl link) or is exempted. With --at, those that were open and "
     "unlinked at the end of that day.",
     O(TEAM) | O(SCOPE) | O(AT) | O(LIMIT), 0, 0, cmd_lists_unlinked},
    {"suggest", "suggest [ITEM]", "what an unlinked item may belong to, and why",
     "Judged by words: those of initiatives and buckets, and of the items linked to "
     "them. high is what was right nine times in ten for items that are linked "
     "already, medium six times in ten; where nothing is, there is too little linked "
     "work to know, or initiatives do not differ in their words. Without ITEM, open "
     "epics that serve no initiative, each with the best suggestion.",
     O(LIMIT), 0, 1, cmd_suggest},
    {"gaps", "gaps", "where strategy and work do not meet",
     "Open epics that serve no initiative, and active initiatives that nobody works "
     "on. unlinked narrows the first to a team or a repository. With --at, as it was at the "
     "end of that day, by the strategy of then.",
     O(AT) | O(LIMIT), 0, 0, cmd_lists_gaps},
    {"coverage", "coverage", "how much of the open work is linked, by scope",
     "With --at, as it was at the end of that day.", O(AT), 0, 0, cmd_lists_coverage},
    {"initiatives", "initiatives [ID | --at DATE]",
     "initiatives and buckets with the work linked to them",
     "With --at, as it was at the end of that day, by the strategy of then. With an ID, "
     "when what is open may be done: 10,000 runs by what was closed on the working days of "
     "the last 8 weeks, for the scope that exists today. From fewer than 10 closed items, "
     "or 3 weeks of them, there is no forecast.",
     O(AT), 0, 1, cmd_initiatives},
    {"krs", "krs [ID]", "where key results stand, and where they should",
     "What is expected is what the pace of the strategy file expects on the day of the "
     "last value. PACE is the difference, in percent of the way. With --at, at the end of that day. With an ID, its "
     "values, "
     "too.",
     O(AT), 0, 1, cmd_krs},
    {"checkin",
     "checkin KR VALUE [--at DATE] [--confidence P] [--note TEXT] | KR --undo",
     "say what a key result stands at",
     "Kept by alignd, with your name in the audit log. Of a day the last value counts; "
     "--undo takes the last one back, with --at that of a day.",
     O(AT) | O(CONFIDENCE) | O(NOTE) | O(UNDO), 1, 2, cmd_krs_check_in},
    {"split", "split", "where people's days went, beside what was planned",
     "Days that are over, of people who had something in progress: each is split over "
     "what they had. The window ends yesterday, or with --at at the end of that day, and "
     "begins no earlier than the plan.",
     O(WINDOW) | O(TEAM) | O(AT), 0, 0, cmd_effort_split},
    {"teams", "teams", "each team's days, distance from plan and spread",
     "SPREAD is over how many equal initiatives the team's days would be as spread, and "
     "how many are fine for its size.",
     O(WINDOW) | O(AT), 0, 0, cmd_effort_teams},
    {"spread", "spread", "on how many initiatives each team works at once",
     "PEOPLE are the days spent over the working days there were.",
     O(WINDOW) | O(TEAM) | O(AT), 0, 0, cmd_effort_spread},
    {"needle", "needle", "what key results moved while people worked on them",
     "In points of the way, beside what the pace expected in that time. It says what "
     "moved, not why.",
     O(WINDOW) | O(AT), 0, 0, cmd_effort_needle},
    {"cost", "cost [NODE]", "what initiatives cost, by the days spent on them",
     "Days by the rate of the team, or of the company where a team has none or less than "
     "four people, and the monthly costs of active initiatives. NODE is an initiative, a "
     "bucket or an objective.",
     O(WINDOW) | O(AT), 0, 1, cmd_effort_cost},
    {"indices", "indices", "how well the strategy is read, and how soon action follows",
     "Legibility: what the strategy says of itself, whether chat was shown its intents, "
     "whether new epics were linked without an alert. Synchronicity: the median time from "
     "a cause to what follows. Each is as good as its weakest part and unknown while one "
     "of its parts is. The window is 90 days. Consistency is measured, not understanding.",
     O(WINDOW), 0, 0, cmd_indices},
    {"test", "test IDEA [--reach N --impact N --confidence P --effort DAYS]",
     "whether an idea fits the strategy, and what it would displace",
     "YES, NO or UNSURE. NO: a phrase of what is not done stands in it. YES: it fits an "
     "initiative as surely as nine in ten right ones do, or fairly, with a RICE number "
     "above the median. Nothing is stored.",
     O(REACH) | O(IMPACT) | O(CONFIDENCE) | O(EFFORT), 1, 1, cmd_test},
    {"retro", "retro PERIOD", "a period looked back on, by the strategy of its end",
     "PERIOD is 2026Q4, 2026H2 or 2026; one that runs is looked back on so far. Days "
     "keep the links and the strategy of their day.",
     0, 1, 1, cmd_retro},
    {"strategy",
     "strategy [show [--at DATE] | log | diff [FROM [TO]] | roll PERIOD [FILE]]",
     "the strategy, its versions, and what moved between two",
     "show prints the outline in force, or with --at the one that was in force at the "
     "end of that day. log lists the versions, newest first, with what each changed. "
     "diff says in words what moved between two versions: the newest and the one "
     "before it, or those that FROM and TO name by a date or by the first digits of a "
     "version.\n"
     "roll prints a draft for 2027Q1, 2027H1 or 2027: FILE (by default "
     "/etc/alignd/strategy.yaml) with a copy of what ends in the period before, under "
     "new ids, which initiatives that go on and teams name instead; of a directory, the "
     "file to add. Baselines are the last known values, "
     "targets are left open: lint names them.",
     O(AT) | O(LIMIT), 0, 3, cmd_strategy},
    {"decisions", "decisions [due]",
     "what was decided, when to look at it again, what it rests on",
     "Each with what was chosen over what, and whether what it assumes is true. What "
     "is not known, too old or little trusted is unknown, never false. With due, only "
     "those to be reviewed within 14 days, or past it.",
     0, 0, 1, cmd_decisions},
    {"event", "event add WHAT [--affects IDS] [--at DATE] [--review-by DATE]",
     "what an event reaches, and its lines for the strategy file",
     "Prints the lines to paste, then the intents, objectives, key results, "
     "initiatives and teams that hang on what it touches, with the work that is open "
     "there. Nothing is stored: the strategy file is the place for it.\n"
     "HOW says whether a node was named, hangs below one, or stands above it.",
     O(AFFECTS) | O(AT) | O(REVIEW_BY), 1, 2, cmd_event},
    {"export", "export --audience AUDIENCE [--format FORMAT]",
     "the strategy as an audience may see it",
     "Markdown by default, or html (one page, prints well), json or csv. visibility of "
     "the strategy file says which audience may see a node at most: what stands under "
     "one that is hidden is hidden, too, and its id and title are taken out of other "
     "texts. Single items are never in it.",
     O(AUDIENCE) | O(FORMAT), 0, 0, cmd_export},
    {"view", "view --as RIVAL", "the strategy as a competitor sees it",
     "What it attacks, the most exposed first: half of that is how far the key results "
     "under it are from well, half that nobody works on them. And how old its card is.",
     O(AS), 0, 0, cmd_view},
    {"compare", "compare FILE [FILE]",
     "what another strategy would change: work, people, costs, limits",
     "The strategy in force beside FILE, or the first FILE beside the second: which open "
     "epics would serve nothing any more, where the days of the last 28 days would "
     "count, how many people would have to move, which key results nobody would move, "
     "which limits would be broken, and what it would cost. Files are read here and sent "
     "as text; nothing is stored.\n"
     "Where alignd does not run, two files are compared by what they say themselves. "
     "Exits with 78 if a file does not load.",
     0, 1, 2, cmd_compare},
    {"whatif",
     "whatif [--move I=KR] [--drop I] [--share O=P] [--add TITLE [--moves KR] [--reach N "
     "--impact N --confidence P --effort DAYS]]",
     "what a change of the strategy would mean, as compare tells it",
     "The strategy in force beside itself with the change: an initiative moves another "
     "key result (or the first one of an objective), is dropped, or is new; an objective "
     "has another planned share. Nothing is changed.",
     O(MOVE) | O(DROP) | O(SHARE) | O(ADD) | O(MOVES) | O(REACH) | O(IMPACT) |
         O(CONFIDENCE) | O(EFFORT),
     0, 0, cmd_compare_whatif},
    {"rules", "rules [ID | --precision]", "what counts as drift; ID explains one rule",
     "Works without the daemon, from the built-in table; with it, the settings in "
     "force "
     "are shown.\n"
     "--precision tells how the firings of the last 90 days fared: resolved by a link or "
     "otherwise, exempted, silenced, or told and ignored for 14 days. Of a rule that is "
     "ignored in more than 80% of at least 20, the setting that would have spared most.",
     O(PRECISION), 0, 1, cmd_rules},
    {"routes",
     "routes [--config FILE] | routes test [--rule R] [--team T] [--severity S] [--source "
     "S] [--scope S] [--objective O] [--intent I] [--initiative I] [--owner O] [--label L] "
     "[--config FILE]",
     "which finding goes to which channel, and when",
     "Lists the routes of alignd.yaml as a tree. routes test shows the path of a finding "
     "with those labels: each route that is asked, whether it takes the finding or which "
     "label it does not, and for each channel the group, waits, hours and budget, with "
     "the time at which its message would go out. The severity is the rule's unless "
     "given; an initiative has its objective, intent and owner.\n"
     "With --config, the routes of that file; alignd is not asked.",
     O(RULE) | O(TEAM) | O(SEVERITY) | O(SOURCE) | O(SCOPE) | O(PROJECT) | O(OBJECTIVE) |
         O(INTENT) | O(INITIATIVE) | O(OWNER) | O(LABEL) | O(CONFIG),
     0, 1, cmd_routes},
    {"replay", "replay --since DATE [--config FILE]",
     "what would have been posted since a day, by these or other settings",
     "The rules, routes, channels and digests in force, or those of FILE, over stored "
     "history with a clock of its own: prints each message with its time and channel. "
     "Nothing is posted and nothing stored. FILE is read here and sent as text; its "
     "sources and secrets are not used. At most 92 days; what history does not tell is "
     "said below.\n"
     "It is played from 28 days earlier on, so that what was open on the first day is no "
     "news. Changes of items are seen up to 5 minutes late, where there are many up to "
     "an hour. Exits with 78 if FILE does not load.",
     O(SINCE) | O(CONFIG), 0, 0, cmd_replay},
    {"init", "init [--github REPO] [--jira URL] [--dir DIR] | init --from-csv FILE",
     "write a first alignd.yaml and strategy.yaml",
     "With comments, and \"to be filled in\" where only you know. No file is ever "
     "overwritten. Given a repository or a Jira (or its URL alone), it is looked at once, "
     "and what was found is written down: initiatives from open milestones and from open "
     "issues of types above epics, people from assignees, teams from repositories and "
     "projects, the field that names an initiative. What was found and what was guessed "
     "is told.\n"
     "Tokens come from $GITHUB_TOKEN, $JIRA_TOKEN (with $JIRA_USER on Cloud) or from "
     "files, and are referred to, never written.\n"
     "--from-csv prints a strategy made of a spreadsheet instead: columns for objective, "
     "key result, baseline, target, unit, owner and dates are found by their titles.",
     O(FROM_CSV) | O(DIR) | O(GITHUB) | O(GITHUB_URL) | O(GITHUB_TOKEN) | O(JIRA) |
         O(JIRA_USER) | O(JIRA_TOKEN),
     0, 1, cmd_init},
    {"lint", "lint [FILE] [--strict] [--format FORMAT]",
     "what the form of a strategy leaves open, and how to mend it",
     "FILE is a strategy or a directory of its files; the daemon is not asked. Without "
     "it, the strategy that alignd reads, as it is on disk now. Each finding "
     " stands with its file, line and check. The form score is the share of "
     "checks passed; a hint counts half. Red is below 45% or without any intent, "
     "objective, key result or initiative, green is from 75%. It says nothing about "
     "the strategy being right.\n"
     "Exits with 1 for an error, with --strict for a warning, too; with 78 if the file "
     "does not load. --format github writes annotations for a workflow.",
     O(FORMAT) | O(STRICT), 0, 1, cmd_lint, cmd_lint_more},
    {"link", "link ITEM INITIATIVE", "link an item to an initiative or bucket",
     "Kept by alignd, with your name in the audit log; the tracker is not touched. A "
     "label "
     "initiative:ID in the tracker does the same where everyone sees it.",
     0, 2, 2, cmd_writes_link},
    {"unlink", "unlink ITEM", "take back what link did", "", 0, 1, 1,
     cmd_writes_unlink},
    {"exempt", "exempt ITEM --reason TEXT [--until DATE] [--rule R]",
     "say that an item needs no link",
     "Exempts it from one item rule, or from all of them, for good or until a date.",
     O(REASON) | O(UNTIL) | O(RULE), 1, 1, cmd_writes_exempt},
    {"unexempt", "unexempt ITEM", "take back what exempt did", "", 0, 1, 1,
     cmd_writes_unexempt},
    {"silence",
     "silence [--rule R] [--team T] [--scope S] [--severity S] [LABEL=VALUE ...] --for "
     "TIME --reason TEXT | --end ID",
     "keep findings quiet for a time",
     "Labels are those of routes: rule, severity, source, scope, team, objective, "
     "intent, initiative, owner, label (of the item in its tracker); a value may be a "
     "pattern, payments-*, or several, a,b. All of them must match. It lasts 30 days at most, and ends by itself when it has "
     "covered nothing for 7 d. Findings go on as before, and alignctl drift shows them.",
     O(RULE) | O(TEAM) | O(SCOPE) | O(SEVERITY) | O(FOR) | O(UNTIL) | O(REASON) | O(END),
     0, 8, cmd_silences_add},
    {"silences", "silences [--all]", "what is kept quiet, until when, and why",
     "COVERS is how many open findings each keeps quiet. With --all, those that are "
     "over, too.",
     O(ALL), 0, 0, cmd_silences},
    {"ack", "ack ID", "say that you are on a finding: no reminders",
     "It holds until the finding is over; that is told.", 0, 1, 1, cmd_silences_ack},
    {"snooze", "snooze ID --for TIME", "keep one finding quiet for a time",
     "If it is still true then, it is told.", O(FOR) | O(UNTIL), 1, 1,
     cmd_silences_snooze},
    {"sync", "sync [SOURCE] [--wait] [--list] [--accept]",
     "pull one source now, or all of them",
     "With --wait, returns when the sync is over and what it found is judged (of every "
     "source: when values of key results are in, too); exits with 1 if some of it could "
     "not be read.\n"
     "Now and then everything is listed, to find what has vanished; with --list, now. "
     "A "
     "listing that lacks half of what was there is not believed; --accept says that it "
     "is right.",
     O(WAIT) | O(LIST) | O(ACCEPT), 0, 1, cmd_daemon_sync},
    {"reload", "reload", "read alignd.yaml and the strategy again",
     "Waits for the outcome. A file that does not load changes nothing: exit 78, and "
     "the "
     "first error is shown (alignd --check shows them all).",
     0, 0, 0, cmd_daemon_reload},
    {"events", "events [-f]", "what has happened to findings last, and what happens",
     "With -f it goes on: findings, syncs and messages as they come, until it is "
     "interrupted. --json prints one object a line.",
     O(FOLLOW) | O(LIMIT), 0, 0, cmd_events},
    {"audit", "audit", "what people have changed, newest first", "", O(LIMIT), 0, 0,
     cmd_journal_audit},
    {"outbox", "outbox [retry ID|all] [--all]",
     "messages that wait or could not be sent",
     "outbox retry ID sends an undeliverable message once more. With --all, delivered "
     "messages are listed, too.",
     O(ALL) | O(LIMIT), 0, 2, cmd_journal_outbox},
    {"channels", "channels test NAME", "send a harmless message to a channel",
     "It is sent like any other, so outbox shows whether it arrived, and why not. "
     "status lists the channels.",
     0, 2, 2, cmd_journal_channels},
    {"healthz", "healthz",
     "exit 0 when every source is fresh and the store answers, else 1",
     "For monitoring and scripts; says what is not well.", 0, 0, 0, cmd_status_healthz},
    {"help", "help [COMMAND]", "explain a command", "", 0, 0, 1, cmd_help},
    {0},
};

#undef O

const struct command *command_find(struct str name)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (str_eqz(name, c->name))
            return c;
    }
    return NULL;
}

const struct command *command_nearest(struct str name)
{
    const struct command *best = NULL;
    unsigned least = 3;

    for (const struct command *c = commands; c->name != NULL; c++) {
        unsigned d = text_distance(name, str_of(c->name), 2);

        if (d < least && d < name.n) {
            least = d;
            best = c;
        }
    }
    return best;
}
