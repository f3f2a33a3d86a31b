// canary: pg-in-adapters
export { Pool } from 'pg';
