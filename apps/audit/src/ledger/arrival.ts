import { streamId, type RecordedEvent } from '@cloud-images/contracts';
import type { LedgerEntry } from '@cloud-images/ledger';

/** An event of some service's log, on its way into the ledger. */
export interface Arrival {
  readonly event: RecordedEvent;
  /** The log's id. */
  readonly log: string;
  /** The how-manieth of that log: 1, 2, 3 …. */
  readonly number: number;
  /** Read from that log, and not only told by the bus. */
  readonly vouched?: boolean;
}

/** What tells a task from an image that was given the same id; no image's id in lowercase begins so. */
export const taskSubject = (taskId: string): string => `Task ${taskId.toLowerCase()}`;

const isSecurity = ({ stream }: RecordedEvent): boolean => stream.startsWith('security-');

/**
 * What the event is about: an image's id, in lowercase, in which its own stream and that of its members end, or that was
 * read or refused; or a task; or the security of a project.
 */
export function subjectOf(event: RecordedEvent): string {
  const { stream, data } = event;
  if (isSecurity(event)) {
    const { image_id: image } = data as { image_id?: unknown };
    return typeof image === 'string' ? image.toLowerCase() : `Security ${streamId(stream)}`;
  }
  const id = streamId(stream).toLowerCase();
  return stream.startsWith('task-') ? taskSubject(id) : id;
}

const isMembers = ({ stream }: RecordedEvent): boolean => stream.startsWith('membership-');

/** Also of events that this release does not know yet. */
const kindOf = (event: RecordedEvent): string =>
  isMembers(event) ? 'member' : event.stream.slice(0, Math.max(event.stream.indexOf('-'), 0));

/** The event as it is sealed at `position`. */
export function entryOf({ event, log, number }: Arrival, position: number): LedgerEntry {
  const { actor, request_id, correlation_id, causation_id, context_digest } = event.metadata;
  return {
    position,
    id: event.event_id,
    kind: kindOf(event),
    type: event.type,
    schema_version: event.schema_version,
    stream: event.stream,
    version: event.version,
    log,
    number,
    time: event.recorded_at,
    actor: { user: actor.user, project: actor.project, roles: actor.roles, via: actor.via },
    request_id,
    correlation_id,
    ...(causation_id === undefined ? {} : { causation_id }),
    ...(context_digest === undefined ? {} : { context_digest }),
    data: event.data,
  };
}

type Owner = string | null | undefined;

/** Whose the image or the task is after the event; what it was before where the event says nothing of it. */
export function ownerAfter(event: RecordedEvent, before: Owner): Owner {
  const { owner, to } = event.data as { owner?: Owner; to?: Owner };
  if (event.type === 'ImageCreated' || event.type === 'TaskRequested') return owner ?? null;
  if (event.type === 'ImageOwnerChanged') return to ?? null;
  return before;
}

/** The projects that the event concerns: the owner, both where it changes, and a member that the event names. */
export function readersOf(event: RecordedEvent, before: Owner): string[] {
  // Who tried what is for admins and auditors, also where it was somebody's image.
  if (isSecurity(event)) return [];
  const { member_id: member } = event.data as { member_id?: unknown };
  const named = isMembers(event) ? [member] : [];
  const projects = [before, ownerAfter(event, before), ...named];
  return [...new Set(projects.filter((project) => typeof project === 'string' && project !== ''))] as string[];
}
