import 'reflect-metadata';

const key = Symbol('variable');
const prefix = 'CLOUD_IMAGES_';

/** The property is read from a variable that others have named, instead of from one of ours. */
export const Variable =
  (name: string): PropertyDecorator =>
  (target, property) =>
    Reflect.defineMetadata(key, name, target, property);

/** `listenPort` is read from `CLOUD_IMAGES_LISTEN_PORT`, unless `@Variable` says otherwise. */
export const variableOf = (property: string, target: object = {}): string =>
  (Reflect.getMetadata(key, target, property) as string | undefined) ??
  prefix + property.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
