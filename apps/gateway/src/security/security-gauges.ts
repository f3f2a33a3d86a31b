import type { SecurityLog } from './security-log.js';

/** What waits to be written of what was seen, and what could not be told apart; a source of gauges for `Metrics`. */
export const securityGauges = (security: Pick<SecurityLog, 'waiting' | 'folded' | 'lost'>) => ({
  name: 'security',
  gauges: {
    cloud_images_security_events_waiting: 'Security events that are not in the log yet.',
    cloud_images_security_folded_observations:
      'Since the start: refusals and downloads that were counted without telling whose, because they were too many.',
  },
  read: () => ({
    cloud_images_security_events_waiting: security.waiting,
    cloud_images_security_folded_observations: security.folded,
  }),
});
