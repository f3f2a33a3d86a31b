import type { BlobStore } from '@cloud-images/blobs';
import type { SafeFetcher } from '@cloud-images/safe-fetch';
import type { Logger } from '@cloud-images/service-kit';
import type { Catalog } from './catalog.js';
import type { TaskWorkerConfig } from './config.js';
import type { Converter } from './conversion/converter.js';
import { ExportRunner } from './export-image/export-runner.js';
import { importTaskType } from './import-data/import-data.js';
import { ImportDataRunner } from './import-data/import-data-runner.js';
import { ImportRunner } from './import-image/import-runner.js';
import type { ObjectStorage } from './object-storage.js';
import type { Runner, Runners } from './task/runner.js';

export interface RunnerParts {
  readonly catalog: Catalog;
  readonly objects: ObjectStorage;
  readonly blobs: BlobStore;
  readonly converter: Converter;
  readonly fetcher: SafeFetcher;
  readonly config: Pick<TaskWorkerConfig, 'importMaxBytes' | 'importMaxVirtualBytes' | 'decompressionMaxRatio'>;
  readonly log: Logger;
}

/** What does each type of task: a new type adds its row. */
export function runnersOf(parts: RunnerParts): Runners {
  const { importMaxBytes: physicalSize, importMaxVirtualBytes: virtualSize } = parts.config;
  const { decompressionMaxRatio: maxRatio } = parts.config;
  return new Map<string, Runner>([
    ['import', new ImportRunner({ ...parts, limits: { physicalSize, virtualSize } })],
    ['export', new ExportRunner(parts)],
    [importTaskType, new ImportDataRunner({ ...parts, maxRatio })],
  ]);
}
