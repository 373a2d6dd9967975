/*
 * SANITIZED is defined where AddressSanitizer or ThreadSanitizer watches: they bring an
 * allocator of their own, and their price. gcc says so by a macro, clang by a feature.
 */
#ifndef TESTS_SUPPORT_SANITIZER_H
#define TESTS_SUPPORT_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* How often to do what chance decides: fewer times where each takes three times as long. */
#ifdef SANITIZED
#define BY_CHANCE(times, when_sanitized) (when_sanitized)
#else
#define BY_CHANCE(times, when_sanitized) (times)
#endif

#endif
