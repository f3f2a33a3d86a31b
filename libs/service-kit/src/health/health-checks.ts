import type { FastifyInstance } from 'fastify';

/** Resolves when the thing can be used; an error's message is logged, not shown. */
export type HealthCheck = () => Promise<unknown>;

const timeoutMs = 2_000;

/** What must work for a service to be ready. Services register their checks while they start. */
export class HealthChecks {
  private readonly checks = new Map<string, HealthCheck>();
  private stopping = false;

  add(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  /** From now on not ready, so that nobody sends new requests. */
  stop(): void {
    this.stopping = true;
  }

  async run(): Promise<{ ready: boolean; checks: Record<string, 'ok' | 'failed'> }> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await outcome(check)] as const),
    );
    return {
      ready: !this.stopping && results.every(([, result]) => result === 'ok'),
      checks: Object.fromEntries(results),
    };
  }
}

async function outcome(check: HealthCheck): Promise<'ok' | 'failed'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'failed'>((resolve) => (timer = setTimeout(resolve, timeoutMs, 'failed')));
  try {
    return await Promise.race([late, check().then(() => 'ok' as const)]);
  } catch {
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}

/** `GET /healthz`: the process serves. `GET /readyz`: what it needs serves too. Both without an identity. */
export function serveHealth(fastify: FastifyInstance, health: HealthChecks): void {
  const options = { config: { access: { anonymous: true } as const } };
  fastify.get('/healthz', options, async () => ({ status: 'ok' }));
  fastify.get('/readyz', options, async (_request, reply) => {
    const { ready, checks } = await health.run();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'unavailable', checks });
  });
}
