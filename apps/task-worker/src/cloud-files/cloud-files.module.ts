import type { Provider, Type } from '@nestjs/common';
import { Account } from './account.http.js';
import { CLOUD_FILES, type CloudFiles } from './cloud-files.js';
import { Containers } from './container.http.js';
import { ObjectManifest } from './object-manifest.http.js';
import { ObjectUpload } from './object-upload.http.js';
import { Objects } from './object.http.js';

/** What the service's module takes up of Cloud Files. */
export const cloudFilesControllers: readonly Type[] = [Account, Containers, Objects, ObjectManifest, ObjectUpload];
export const cloudFilesProvider = (files: CloudFiles): Provider => ({ provide: CLOUD_FILES, useValue: files });
