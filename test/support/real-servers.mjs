// Servers that a machine with only Node does not have: the tests that need one run when a variable names it.
export const realServers = [
  {
    variable: 'CLOUD_IMAGES_TEST_S3',
    specs: '/libs/blobs/src/s3/(?:s3|lost-answers)\\.int\\.spec\\.ts$',
    what: 'the S3 blob store on a real server',
    value: 'a URL with credentials, such as http://access:secret@127.0.0.1:9000',
  },
  {
    variable: 'CLOUD_IMAGES_TEST_MINIO',
    specs: '/libs/blobs/src/s3/minio[\\w-]*\\.int\\.spec\\.ts$',
    what: 'the S3 blob store on a MinIO that is killed, and on one that encrypts',
    value: 'the path of a minio program',
  },
  {
    variable: 'CLOUD_IMAGES_TEST_MC',
    specs: '/libs/blobs/src/s3/mc-policies\\.int\\.spec\\.ts$',
    what: 'that the credentials of deploy/minio suffice, and to no more',
    value: 'the path of an mc program; CLOUD_IMAGES_TEST_MINIO beside it',
  },
];

const missing = realServers.filter(({ variable }) => !process.env[variable]);

/** Patterns of test files that can't run here. */
export const specsLeftOut = missing.map(({ specs }) => specs);

/** One line each, for people. */
export const leftOut = missing.map(({ what, variable, value }) => `${what}, because ${variable} is not set (${value})`);
