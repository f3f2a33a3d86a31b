import type { EventKind } from './events/definition.js';

/** Topic per aggregate kind; the message key is the id of the image, or of the task, in lowercase; of security the project. */
export const topicOf: Readonly<Record<EventKind, string>> = {
  image: 'cloud-images.image',
  member: 'cloud-images.member',
  task: 'cloud-images.task',
  security: 'cloud-images.security',
};

/** Signed checkpoints of the ledger of all events, keyed by its id; one partition, kept for ever. */
export const checkpointTopic = 'cloud-images.checkpoint';

/** CloudEvents `type` of an event: `cloud-images.<kind>.<event>.v<n>`. */
export const cloudEventType = (kind: EventKind, type: string, version: number): string =>
  `cloud-images.${kind}.${type}.v${version}`;

export const imageStream = (imageId: string): string => `image-${imageId.toLowerCase()}`;
export const membershipStream = (imageId: string): string => `membership-${imageId.toLowerCase()}`;
export const taskStream = (taskId: string): string => `task-${taskId.toLowerCase()}`;
/** Null: nobody has proved to be of a project. */
export const securityStream = (project: string | null): string => `security-${project ?? 'unknown'}`;
/** The aggregate id within a stream name `<category>-<id>`. */
export const streamId = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
