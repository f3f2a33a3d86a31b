import { channel } from 'node:diagnostics_channel';
import { PassThrough, type Readable } from 'node:stream';
import type { BlobStore } from '@cloud-images/blobs';
import { fixedVhdSize, largestVhd } from '@cloud-images/disk-formats';
import type { Catalog } from '../catalog.js';
import type { Converter } from '../conversion/converter.js';
import type { Creation, ObjectStorage, ObjectToMake } from '../object-storage.js';
import { missingText } from '../task/offers.js';
import { TaskFailure, type Runner, type RunningTask } from '../task/runner.js';
import type { Task } from '../task/task.js';
import {
  exportable,
  noContainer,
  objectExists,
  objectNameOf,
  readExport,
  wayOf,
  type Exportable,
} from './export-image.js';
import { fixedVhdOf } from './fixed-vhd-stream.js';

const prepared = channel('cloud-images:export.prepared');
const created = channel('cloud-images:export.created');

export interface ExportParts {
  readonly catalog: Catalog;
  readonly objects: ObjectStorage;
  readonly blobs: BlobStore;
  readonly converter: Converter;
}

interface Vhd {
  readonly size: number;
  readonly source: Readable;
}

/** An image becomes a VHD in Cloud Files: one, whole, or none. */
export class ExportRunner implements Runner {
  readonly byUsers = true;

  constructor(private readonly parts: ExportParts) {}

  problemOf(input: Readonly<Record<string, unknown>>): string | null {
    return missingText(input, 'image_uuid', 'receiving_swift_container');
  }

  async run(running: RunningTask): Promise<Record<string, unknown>> {
    const { task, signal } = running;
    const { container, imageId } = readExport(task.input);
    const image = exportable(await this.parts.catalog.locate(task, imageId), task.owner);
    const result = { export_location: `${container}/${objectNameOf(image.imageId)}` };
    if (await this.isThere(task, container, image.imageId)) return result;
    try {
      const name = objectNameOf(image.imageId);
      const object = { project: task.owner, container, name, origin: task.id, signal };
      const outcome = await this.create(running, image, { ...object, contentType: 'application/octet-stream' });
      created.publish(undefined);
      if (outcome === 'no container') throw noContainer(container);
      // Something that is not read stands there, a link in a Swift.
      if (outcome === 'exists' && !(await this.isThere(task, container, image.imageId)))
        throw objectExists(image.imageId, container);
      return result;
    } finally {
      await this.parts.converter.clear(task.id);
    }
  }

  async discard(task: Task): Promise<void> {
    await this.parts.converter.clear(task.id);
    const { container, imageId } = readUnlessWrong(task) ?? {};
    if (container === undefined || imageId === undefined) return;
    // As it was asked for, or as it is spelled: the object has the second name.
    for (const id of new Set([imageId, imageId.toLowerCase()])) {
      await this.parts.objects.removeFrom(task.id, task.owner, container, objectNameOf(id));
    }
  }

  private async create(running: RunningTask, image: Exportable, object: ObjectToMake): Promise<Creation> {
    const { objects } = this.parts;
    if (wayOf(image.format) === 'as it is' && objects.createOf) {
      prepared.publish(undefined);
      return objects.createOf(object, image.data, (bytes) => running.progress(bytes, image.data.size));
    }
    const { size, source } = await this.vhdOf(running, image);
    prepared.publish(undefined);
    const { stream, problem } = counted(source, size, running);
    return objects.create({ ...object, size, source: stream }).catch((error: unknown) => {
      // Whoever writes only hears that the stream was cut off.
      throw problem() ?? error;
    });
  }

  /** True: a run before this one had made it. Throws when it is somebody else's, or there is no place for it. */
  private async isThere(task: Task, container: string, imageId: string): Promise<boolean> {
    const found = await this.parts.objects.find(task.owner, container, objectNameOf(imageId));
    if (found === 'no object') return false;
    if (found === 'no container') throw noContainer(container);
    if (found.origin !== task.id) throw objectExists(imageId, container);
    return true;
  }

  private async vhdOf({ task, signal }: RunningTask, image: Exportable): Promise<Vhd> {
    const { blobs, converter } = this.parts;
    const { format } = image;
    const { key, size } = image.data;
    switch (wayOf(format)) {
      case 'as it is':
        return { size, source: await blobs.read(key) };
      case 'with a footer': {
        if (size > largestVhd) throw new TaskFailure('The image is larger than a VHD can be.');
        const source = fixedVhdOf(await blobs.read(key), size, Buffer.from(task.id.replaceAll('-', ''), 'hex'));
        return { size: fixedVhdSize(size), source };
      }
      default:
        return converter.toVhd({ taskId: task.id, format, source: await blobs.read(key), size, signal });
    }
  }
}

const readUnlessWrong = (task: Task) => {
  try {
    return readExport(task.input);
  } catch {
    return null;
  }
};

/** The same bytes; says how many have passed, and why there came no more. */
function counted(
  source: Readable,
  total: number,
  { progress }: RunningTask,
): { stream: Readable; problem: () => Error | null } {
  let passed = 0;
  let problem: Error | null = null;
  const stream = new PassThrough({ highWaterMark: 1024 ** 2 });
  source.on('data', (chunk: Buffer) => progress((passed += chunk.length), total));
  source.on('error', (error) => {
    problem = error;
    stream.destroy(error);
  });
  stream.on('close', () => source.destroy());
  source.pipe(stream);
  return { stream, problem: () => problem };
}
