import { checkpointLockDays, config } from './config.js';
import { prepareS3Bucket } from './s3/bucket.js';

const options = config();
if (options) {
  await prepareS3Bucket(options);
  // Beside the images, and nobody's who may touch those.
  const lockDays = checkpointLockDays();
  const bucket = `${options.bucket}-checkpoints`;
  const locked = await prepareS3Bucket({ ...options, bucket }, lockDays === 0 ? {} : { lockDays });
  const how = locked ? `locked for ${lockDays} days` : 'not locked: its administrator can remove checkpoints';
  process.stdout.write(`${bucket}: ${how}\n`);
}
