import { config } from './config.js';
import { prepareS3Bucket } from './s3/bucket.js';

const options = config();
if (options) await prepareS3Bucket(options);
