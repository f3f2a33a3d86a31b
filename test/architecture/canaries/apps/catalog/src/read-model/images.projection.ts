// canary: projections-get-their-executor
export { Pool } from 'pg';
