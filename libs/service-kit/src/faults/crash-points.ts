/**
 * Places where a process may be told to die, for tests of what survives it. Each is a channel `cloud-images:<name>` of
 * `node:diagnostics_channel`, so that libraries which know no other room can have some; passing one that nobody has armed
 * calls an empty function.
 */
export const crashPoints = {
  'append.begun': 'a command has a connection; nothing is written',
  'commit.sent': 'COMMIT is on its way; no answer was read',
  'append.committed': 'events are recorded; whoever asked for it has no answer',
  'relay.read': 'events are in hand; none is on the bus',
  'relay.published': 'the bus has acknowledged events; the checkpoint does not say so',
  'relay.saved': 'the checkpoint was moved',
  'inbox.read': 'the place of a stream is known; nothing of the delivery is written',
  'inbox.committed': 'the effect of a delivery is recorded; its offset is not',
  'delivery.done': 'a handler has returned; the offset is not committed',
  'offset.committed': 'the offset was committed',
  'push.begun': 'a member event is recorded; the catalog does not know it',
  'push.done': 'the catalog has the member event; the client has no answer',
  'upload.begun': 'an attempt is recorded; no byte is stored',
  'blob.part-sent': 'a part is stored; others may follow',
  'blob.parts-sent': 'all parts are stored; they are no blob',
  'blob.published': 'the blob stands; the writer does not know it',
  'upload.stored': 'the data is stored; the image is not active',
  'upload.completed': 'the image is active; the client has no answer',
  'expiry.recorded': 'an attempt has expired; its data may be there',
  'removal.begun': 'an image is gone for good, or an attempt has ended; the data is there',
  'removal.deleted': 'the data is gone; that is not recorded',
  'removal.recorded': 'it is recorded; the list of what to remove still has it',
  'task.taken': 'a worker has the lease of a task; nothing says that it began',
  'task.begun': 'the run is recorded; nothing of it is done',
  'import.created': 'the image of an import is there, without data',
  'import.uploading': 'an import has begun an attempt; no byte is stored',
  'import.stored': 'the data of an import is stored; the image is not active',
  'export.prepared': 'the VHD of an export is converted or can be streamed; no byte is stored',
  'export.created': 'the object of an export is there',
  'image-import.begun': 'an import owns its image; nothing is fetched',
  'image-import.reworking':
    'what is staged is to be decompressed or converted; there is a fresh key, and nothing under it',
  'image-import.decompressed': 'decompressed data is in a file; nothing of it is stored',
  'image-import.converted': 'a converted disk is in a file; nothing of it is stored',
  'image-import.stored': 'the data of an import lies in the store; the image is not active',
  'task.done': 'what was asked for is there; the task does not say so',
  'task.discarded': 'what a failed task had made is removed; that it failed is not recorded, if it was not cancelled',
  'task.ended': 'the end of a task is recorded; its job is still there',
} as const;

export type CrashPoint = keyof typeof crashPoints;

/** What was given to the system in this turn leaves before the process dies. */
export const diesAfterItsTurn: ReadonlySet<string> = new Set<CrashPoint>(['commit.sent']);

export const channelOf = (point: string): string => `cloud-images:${point}`;
