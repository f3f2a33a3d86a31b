// A build that must be caught: it applies whatever is delivered, as often and in the order in which it comes.
import { rewriteModule } from './rewrite-module.mjs';

rewriteModule('/libs/event-store/dist/inbox/inbox.js', [
  [
    'async take(events) {',
    `async take(events) {
      return this.transact(events[0].stream, async (sql) => ({
        have: await this.keep(sql, events[0].stream, events),
        outcome: 'taken',
      }));
    }
    async takeOnce(events) {`,
  ],
  ['FROM jsonb_array_elements($2::jsonb) AS e', 'FROM jsonb_array_elements($2::jsonb) AS e ON CONFLICT DO NOTHING'],
]);
