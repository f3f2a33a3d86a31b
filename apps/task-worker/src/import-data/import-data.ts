import { Refusal, type Identity, type TaskEvent } from '@cloud-images/contracts';
import type { TaskState } from '../task/task.js';

// An import brings data into an image that is there: what was staged (glance-direct), or what a URL gives (web-download). It
// is a task of the one who asked; one image has one at a time.

export const importTaskType = 'api_image_import';

export type ImportInput =
  | { readonly image_id: string; readonly method: 'glance-direct' }
  | { readonly image_id: string; readonly method: 'web-download'; readonly uri: string };

/** The body of `POST /v2/images/{id}/import`. Throws `Refusal` for what is no import, or not one of ours. */
export function readImportRequest(body: Readonly<Record<string, unknown>>, imageId: string): ImportInput {
  const { method, stores, all_stores: allStores } = body;
  if (typeof method !== 'object' || method === null || Array.isArray(method))
    throw invalid("'method' must be an object.");
  if (stores !== undefined || (allStores !== undefined && allStores !== false)) {
    throw invalid('There is one store; it can not be chosen.');
  }
  const { name, uri } = method as Record<string, unknown>;
  if (name === 'glance-direct') return { image_id: imageId, method: name };
  if (name === 'web-download') {
    if (typeof uri !== 'string' || uri === '') throw invalid("web-download needs 'method.uri'.");
    return { image_id: imageId, method: name, uri };
  }
  if (name === 'copy-image')
    throw new Refusal('not-offered', 'There is one store, so nothing can be copied to another.');
  throw invalid("'method.name' must be glance-direct or web-download.");
}

const invalid = (message: string) => new Refusal('invalid-body', message);

export interface RequestImport {
  /** Drawn for it. */
  readonly id: string;
  readonly input: ImportInput;
  readonly caller: Identity;
}

export function requestImport({ id, input, caller }: RequestImport, state: TaskState): TaskEvent[] {
  const { project: owner, source } = caller;
  if (owner === null || source === 'service')
    throw new Refusal('forbidden', 'Imports are asked for by users of a project.');
  if (state.exists) throw new Refusal('id-taken', 'A task with this id exists already.');
  const data = { task_id: id, from: null, to: 'pending', task_type: importTaskType, owner, source } as const;
  return [{ type: 'TaskRequested', data: { ...data, input: { ...input } } }];
}
