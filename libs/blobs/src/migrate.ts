import { config } from './config.js';
import { prepareS3Bucket } from './s3/bucket.js';

const options = config();
if (options) {
  await prepareS3Bucket(options);
  // Beside the images, and nobody's who may touch those.
  await prepareS3Bucket({ ...options, bucket: `${options.bucket}-checkpoints` });
}
