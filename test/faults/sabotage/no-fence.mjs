// A build that must be caught: its relay reads past transactions that are still running.
import { rewriteModule } from './rewrite-module.mjs';

rewriteModule('/libs/event-store/dist/postgres/store.js', [['e.transaction_id < horizon.xmin', 'true']]);
