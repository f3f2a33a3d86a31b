import { send } from './transfer.ts';
import { imageBody, type Subject } from './subject.ts';

export interface StoredImage {
  readonly id: string;
  readonly fileUrl: string;
  readonly seconds: number;
}

export async function createImage(subject: Subject): Promise<string> {
  const { status, json, body } = await subject.client.call('POST', '/v2/images', {
    body: { ...imageBody(0), disk_format: 'raw' },
  });
  if (status !== 201) throw new Error(`could not make an image: ${status} ${body.toString('utf8')}`);
  return json.id;
}

export const fileUrl = (subject: Subject, id: string): string => `${subject.url}/v2/images/${id}/file`;

export async function upload(subject: Subject, bytes: number): Promise<StoredImage> {
  const id = await createImage(subject);
  const headers = { ...subject.headers, 'content-type': 'application/octet-stream' };
  const seconds = await send({ url: fileUrl(subject, id), headers, bytes });
  return { id, fileUrl: fileUrl(subject, id), seconds };
}

export async function remove(subject: Subject, id: string): Promise<void> {
  const { status } = await subject.client.call('DELETE', `/v2/images/${id}`);
  if (status !== 204) throw new Error(`could not delete an image: ${status}`);
}
