/**
 * Glance 33 (uWSGI, 2 processes × 4 threads, PostgreSQL, filesystem store, 1000 images, tokens cached, 8 connections),
 * measured on a quiet 2-core machine on another day: for orientation, never part of a verdict.
 */
export const peer = {
  show: { perSecond: 331, cpuMs: 5.6 },
  list: { perSecond: 65, cpuMs: 29 },
  create: { perSecond: 61, cpuMs: 31 },
  patch: { perSecond: 61, cpuMs: 31.5 },
  upload: { megabytesPerSecond: 175 },
  download: { megabytesPerSecond: 1324 },
} as const;
