// canary: typeorm-in-migrations
export { Entity } from 'typeorm';
