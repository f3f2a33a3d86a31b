import { Body, Controller, HttpCode, Inject, Post, Res, UseFilters } from '@nestjs/common';
import { Anonymous, CONFIG } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { GatewayConfig } from '../../config.js';
import { KeystoneErrorFilter } from './keystone-error.filter.js';
import { NotProven } from '../not-proven.js';
import { Login } from './login.js';
import { placesOf, type Places } from './places.js';
import { Tokens, type Grant } from './tokens.js';
import { UsersDirectory } from './users-directory.js';
import type { Project, User } from './users-file.js';
import { readV2AuthRequest, type V2AuthRequest } from './v2-auth-request.js';
import { accessDocument } from './v2-documents.js';

/** Where users are looked for whom a request names without a domain, which this API does not know. */
const domain = { id: 'default' } as const;

/** `POST /v2.0/tokens`, with a password or an API key: the one call of the old identity API that image clients make. */
@Controller('identity/v2.0')
@UseFilters(KeystoneErrorFilter)
export class V2Controller {
  private readonly places: Places;

  constructor(
    @Inject(CONFIG) config: GatewayConfig,
    private readonly tokens: Tokens,
    private readonly users: UsersDirectory,
    private readonly login: Login,
  ) {
    this.places = placesOf(config);
  }

  @Anonymous()
  @Post('tokens')
  @HttpCode(200)
  async issue(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const { proof, tenant } = readV2AuthRequest(body);
    const { user, from } = await this.proven(proof);
    const { token, grant } = this.tokens.issue({
      user,
      project: this.tenantOf(user, tenant),
      methods: [proof.method],
      ...(from && { from }),
    });
    reply.header('vary', 'X-Auth-Token').header('cache-control', 'no-store');
    return accessDocument(token, grant, this.places);
  }

  private async proven(proof: V2AuthRequest['proof']): Promise<{ user: User; from?: Grant }> {
    if (proof.method === 'token') {
      const from = this.tokens.open(proof.token);
      if (from === null) throw new NotProven({ reason: 'token', userId: null });
      return { user: from.user, from };
    }
    const reference = { name: proof.username, domain };
    const prove = proof.method === 'password' ? this.login.byPassword : this.login.byApiKey;
    return { user: await prove.call(this.login, reference, proof.secret) };
  }

  /** Without one the first project of the user, as the users file has them. */
  private tenantOf(user: User, tenant: V2AuthRequest['tenant']): Project | null {
    if (tenant === null) {
      const [first] = user.roles.keys();
      return first === undefined ? null : (this.users.projectById(first) ?? null);
    }
    const project = this.users.project('id' in tenant ? tenant : { ...tenant, domain });
    if (!project || !user.roles.get(project.id)?.length) throw new NotProven({ reason: 'project', userId: user.id });
    return project;
  }
}
