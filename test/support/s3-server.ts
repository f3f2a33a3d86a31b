/** The S3 server that CLOUD_IMAGES_TEST_S3 names, as the blob store's options have it. */
export const testS3 = () => s3At(process.env['CLOUD_IMAGES_TEST_S3']!);

/** `http://access:secret@host:port` */
export function s3At(text: string) {
  const url = new URL(text);
  return {
    endpoint: url.origin,
    region: 'us-east-1',
    accessKey: decodeURIComponent(url.username),
    secretKey: decodeURIComponent(url.password),
    pathStyle: true,
    encryption: 'none' as const,
  };
}
