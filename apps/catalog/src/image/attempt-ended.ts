import { Refusal } from '@cloud-images/contracts';
import { type ImageState, isDeleted } from '@cloud-images/image-model';

/** What an attempt to upload is told that does not own the image any more. */
export function attemptEnded(state: ImageState): Refusal {
  if (state.exists && isDeleted(state.status)) return new Refusal('gone', 'The image was deleted during the upload.');
  return new Refusal('attempt-superseded', 'This upload has ended; the image can be uploaded anew.');
}
