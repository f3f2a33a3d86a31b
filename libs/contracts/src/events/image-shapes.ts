import Type from 'typebox';

// Words that the events about an image share, and what their samples are of.

export const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
export const ImageId = Type.String({ description: 'Image id, a UUID as the creator gave it (any case)' });
export const Attempt = Type.String({ description: 'Upload attempt, a UUID' });
export const TaskId = Type.String({ description: 'Task id, a UUID in lowercase' });
export const Key = Type.String({ description: 'Blob key; random, never reused' });
export const Bytes = Type.Integer({ minimum: 0, description: 'bytes' });
export const Time = Type.String({ description: 'RFC 3339, UTC, microseconds at most' });
export const Status = <const S extends string[]>(...values: S) => Type.Enum<S>([...values]);
export const Name = Nullable(Type.String());
export const Format = Nullable(Type.String());
export const Tag = Type.String();
export const Visibility = Status('public', 'private', 'shared', 'community');
export const LockHolder = Status('owner', 'admin');
export const AnyLiving = Status('queued', 'saving', 'active', 'killed', 'uploading', 'importing', 'deactivated');

export const change = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Object({ image_id: ImageId, from: schema, to: schema });

export const IMAGE = '9c1f3f0e-8d2a-4c3b-9a55-0d1f5a0b7e11';
export const ATTEMPT = '5b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d';
export const KEY = 'images/5b/0a/5b0a1c8e-2b1c-4d7e-9d0a-3f1f6a7b8c9d';
