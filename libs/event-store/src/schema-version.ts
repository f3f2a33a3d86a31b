import { imageEvents, memberEvents, type EventDefinition } from '@cloud-images/contracts';

const versions = new Map<string, number>(
  Object.values<EventDefinition>({ ...imageEvents, ...memberEvents }).map(({ type, version }) => [type, version]),
);

/** The version that an event of this type is written in. Types that no contract names (tests) are version 1. */
export const schemaVersionOf = (type: string): number => versions.get(type) ?? 1;
