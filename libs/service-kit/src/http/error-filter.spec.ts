import type { ArgumentsHost } from '@nestjs/common';
import type { Logger } from '../logging/logger.js';
import { ErrorFilter } from './error-filter.js';
import { ServiceUnavailable } from './refusal-of.js';

describe('the error filter', () => {
  function caught(error: unknown) {
    const said: { level: string; fields: Record<string, unknown> }[] = [];
    const answer = { status: 0, body: '' };
    const log = {
      warn: (fields: Record<string, unknown>) => said.push({ level: 'warn', fields }),
      error: (fields: Record<string, unknown>) => said.push({ level: 'error', fields }),
    } as unknown as Logger;
    const reply = {
      sent: false,
      code: (status: number) => ((answer.status = status), reply),
      headers: () => reply,
      send: (body: string) => void (answer.body = body),
    };
    const request = { requestId: 'req-1', headers: {}, method: 'GET', routeOptions: { url: '/v2/images' } };
    const http = { getRequest: () => request, getResponse: () => reply };
    new ErrorFilter(log).catch(error, { switchToHttp: () => http } as unknown as ArgumentsHost);
    return { said, answer };
  }

  it('given an outage, then the log has its reasons in words, and not a stack for each request', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.2:5432'), { code: 'ECONNREFUSED' });
    const { said, answer } = caught(new ServiceUnavailable('another service did not answer', { cause }));
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain('ECONNREFUSED');
    expect(said).toEqual([
      {
        level: 'warn',
        fields: {
          method: 'GET',
          route: '/v2/images',
          because: ['ServiceUnavailable: another service did not answer', 'Error: connect ECONNREFUSED 10.0.0.2:5432'],
        },
      },
    ]);
  });

  it('given a fault, then the log has all of it and the caller nothing', () => {
    const fault = new TypeError('x is undefined');
    const { said, answer } = caught(fault);
    expect(answer).toMatchObject({ status: 500 });
    expect(answer.body).not.toContain('undefined');
    expect(said).toEqual([{ level: 'error', fields: { method: 'GET', route: '/v2/images', err: fault } }]);
  });
});
