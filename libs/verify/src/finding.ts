/** What is wrong with an export, at the first place where it shows. */
export interface Finding {
  /** `altered`: somewhere between two checkpoints; the events themselves don't show where. */
  readonly what: 'changed' | 'removed' | 'inserted' | 'moved' | 'truncated' | 'altered' | 'unreadable';
  /** Positions: the event's own, or from and up to the end of the stretch. */
  readonly from: number;
  readonly to: number;
  /** The event there, as it says it is; null where none is to be named. */
  readonly event: string | null;
  readonly why: string;
}

export const at = (position: number, what: Finding['what'], why: string, event: string | null = null): Finding => ({
  what,
  from: position,
  to: position,
  event,
  why,
});

export function describeFinding({ what, from, to, event, why }: Finding): string {
  const where = from === to ? `position ${from}` : `positions ${from} to ${to}`;
  return `${what} at ${where}${event === null ? '' : ` (event ${event})`}: ${why}`;
}
