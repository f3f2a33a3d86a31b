import type { ImageEvent } from '@cloud-images/contracts';
import type { Handler } from '@cloud-images/event-store';
import type { ImageState } from './image/image.js';

/** Commands on images: `Images`. */
export const IMAGES = Symbol('images');
export type Images = Handler<ImageState, ImageEvent>;

/** What image documents are checked by: `ImageValidator`. */
export const IMAGE_VALIDATOR = Symbol('image validator');
