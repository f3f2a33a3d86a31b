// lint canary: no-restricted-properties
export const url = process.env['CLOUD_IMAGES_DATABASE_URL'];
