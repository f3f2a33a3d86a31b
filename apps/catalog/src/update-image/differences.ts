import type { ImageEvent } from '@cloud-images/contracts';
import type { Image, ImageAttributes } from '@cloud-images/image-model';

/** The small facts that lead from an image to what its attributes shall be; none where nothing differs. */
export function differences(image: Image, wanted: ImageAttributes): ImageEvent[] {
  return [...changedAttributes(image, wanted), ...changedProperties(image, wanted), ...changedTags(image, wanted)];
}

const eventOf = {
  name: 'ImageRenamed',
  visibility: 'ImageVisibilityChanged',
  protected: 'ImageProtectionChanged',
  os_hidden: 'ImageHidingChanged',
  owner: 'ImageOwnerChanged',
  container_format: 'ImageContainerFormatChanged',
  disk_format: 'ImageDiskFormatChanged',
  min_disk: 'ImageMinDiskChanged',
  min_ram: 'ImageMinRamChanged',
} as const satisfies Partial<Record<keyof ImageAttributes, ImageEvent['type']>>;

function changedAttributes(image: Image, wanted: ImageAttributes): ImageEvent[] {
  return (Object.keys(eventOf) as (keyof typeof eventOf)[])
    .filter((name) => image[name] !== wanted[name])
    .map((name) => {
      const data = { image_id: image.id, from: image[name], to: wanted[name] };
      return { type: eventOf[name], data } as ImageEvent;
    });
}

function changedProperties(image: Image, wanted: ImageAttributes): ImageEvent[] {
  const events: ImageEvent[] = [];
  const image_id = image.id;
  for (const [name, from] of image.properties) {
    if (wanted.properties.has(name)) continue;
    events.push({ type: 'ImagePropertyRemoved', data: { image_id, name, from, to: null } });
  }
  for (const [name, to] of wanted.properties) {
    const from = image.properties.get(name) ?? null;
    if (from !== to) events.push({ type: 'ImagePropertySet', data: { image_id, name, from, to } });
  }
  return events;
}

/** Tags are a set: their order is no difference. */
function changedTags(image: Image, wanted: ImageAttributes): ImageEvent[] {
  const before = new Set(image.tags);
  const after = new Set(wanted.tags);
  const image_id = image.id;
  return [
    ...[...before]
      .filter((tag) => !after.has(tag))
      .map((tag): ImageEvent => ({ type: 'ImageUntagged', data: { image_id, tag } })),
    ...[...after]
      .filter((tag) => !before.has(tag))
      .map((tag): ImageEvent => ({ type: 'ImageTagged', data: { image_id, tag } })),
  ];
}
