import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { eventsOpenTo, Refusal } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';
import { Caller, CONFIG, type CallerContext } from '@cloud-images/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AuditConfig } from '../config.js';
import { Parameters, readFilter } from '../ledger/entry-filter.js';
import { sizeOf } from '../ledger/known.query.js';
import { SteadyWriter } from '../ledger/steady-writer.js';
import { LEDGER, LEDGER_ID } from '../ledger/tokens.js';
import { exportedLines, type ExportRange } from './exported-lines.js';

const types = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' } as const;

/** A range of the ledger as a file, streamed: `?format=ndjson|csv&from=&to=` and the conditions of the list. */
@Controller()
export class ExportEvents {
  constructor(
    @Inject(LEDGER) private readonly sql: SqlExecutor,
    @Inject(LEDGER_ID) private readonly ledger: string,
    @Inject(CONFIG) private readonly config: AuditConfig,
  ) {}

  @Get('v1/export')
  async export(
    @Caller() { identity }: CallerContext,
    @Req() { url }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const scope = eventsOpenTo(identity);
    const parameters = new Parameters(url);
    const format = parameters.oneOf('format', ['ndjson', 'csv']) ?? 'ndjson';
    const from = parameters.count('from') ?? 0;
    const to = parameters.count('to');
    const filter = readFilter(parameters);
    parameters.end();
    const size = await sizeOf(this.sql);
    const range: ExportRange = { from, to: Math.min(to ?? size, size) };
    if (range.from > range.to)
      throw new Refusal('bad-request', `The ledger has ${size} events: 'from' is behind them.`);
    const lines = exportedLines(this.sql, { ledger: this.ledger, scope, filter, range, format });
    // What can be refused shows before the first line.
    const first = await lines.next();
    const response = open(reply, format, range);
    const writer = new SteadyWriter(response, this.config.patienceSeconds * 1_000);
    try {
      if (first.done !== true) await writer.write(first.value);
      for await (const text of lines) await writer.write(text);
      writer.end();
    } catch {
      // The last line is missing, and the connection ends in the middle.
      writer.cut();
    }
  }
}

function open(reply: FastifyReply, format: keyof typeof types, { from, to }: ExportRange) {
  const { raw } = reply.hijack();
  raw.writeHead(200, {
    'content-type': types[format],
    'content-disposition': `attachment; filename="events-${from}-${to}.${format}"`,
    'x-openstack-request-id': String(reply.getHeader('x-openstack-request-id')),
  });
  return raw;
}
