import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res, UseFilters } from '@nestjs/common';
import { Refusal } from '@cloud-images/contracts';
import { Anonymous, CONFIG } from '@cloud-images/service-kit';
import type { FastifyReply } from 'fastify';
import type { GatewayConfig } from '../../config.js';
import { readAuthRequest, type AuthRequest } from './auth-request.js';
import { KeystoneErrorFilter } from './keystone-error.filter.js';
import { projectDocument, tokenDocument, versionDocument, versionsDocument } from './keystone-documents.js';
import { NotProven } from '../not-proven.js';
import { Login } from './login.js';
import { placesOf, type Places } from './places.js';
import { Tokens, type Grant } from './tokens.js';
import { UsersDirectory } from './users-directory.js';
import type { Project, User } from './users-file.js';

/** The part of Keystone's API v3 that image clients need. */
@Controller('identity')
@UseFilters(KeystoneErrorFilter)
export class KeystoneController {
  private readonly publicUrl: string;
  private readonly places: Places;

  constructor(
    @Inject(CONFIG) config: GatewayConfig,
    private readonly tokens: Tokens,
    private readonly users: UsersDirectory,
    private readonly login: Login,
  ) {
    this.publicUrl = config.publicUrl;
    this.places = placesOf(config);
  }

  @Anonymous()
  @Get()
  @HttpCode(300)
  versions() {
    return versionsDocument(this.publicUrl);
  }

  @Anonymous()
  @Get('v3')
  version() {
    return versionDocument(this.publicUrl);
  }

  @Anonymous()
  @Post('v3/auth/tokens')
  @HttpCode(201)
  async issue(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const request = readAuthRequest(body);
    const { user, from } = await this.proven(request);
    const project = request.project === null ? null : this.scopeOf(user, request.project);
    const { token, grant } = this.tokens.issue({
      user,
      project,
      methods: [request.proof.method],
      ...(from && { from }),
    });
    return this.withToken(reply, token, grant);
  }

  @Anonymous()
  @Get('v3/auth/tokens')
  validate(
    @Headers('x-auth-token') own: string | undefined,
    @Headers('x-subject-token') subject: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const caller = this.bearer(own);
    if (subject === undefined) throw new Refusal('bad-request', 'This request needs the header X-Subject-Token.');
    const grant = this.tokens.open(subject);
    if (subject !== own && !caller.roles.includes('admin')) {
      throw new Refusal('forbidden', 'You may validate your own token only.');
    }
    if (grant === null) throw new Refusal('not-found', 'The token is not valid.');
    return this.withToken(reply, subject, grant);
  }

  /** Sharing by a project's name needs this look-up, so anyone may ask for an exact name; only an admin sees them all. */
  @Anonymous()
  @Get('v3/projects')
  projects(
    @Headers('x-auth-token') own: string | undefined,
    @Query() query: Record<string, string | string[] | undefined>,
  ) {
    const { user, roles } = this.bearer(own);
    const { name, domain_id: domainId } = query;
    const visible = this.users
      .projects()
      .filter((project) => domainId === undefined || project.domain.id === domainId)
      .filter((project) =>
        name === undefined ? roles.includes('admin') || user.roles.has(project.id) : project.name === name,
      );
    return {
      projects: visible.map((project) => projectDocument(project, this.publicUrl)),
      links: { self: `${this.publicUrl}/identity/v3/projects`, next: null, previous: null },
    };
  }

  @Anonymous()
  @Get('v3/projects/:id')
  project(@Headers('x-auth-token') own: string | undefined, @Param('id') id: string) {
    this.bearer(own);
    const project = this.users.projectById(id);
    if (!project) throw new Refusal('not-found', 'The project could not be found.');
    return { project: projectDocument(project, this.publicUrl) };
  }

  private async proven({ proof }: AuthRequest): Promise<{ user: User; from?: Grant }> {
    if (proof.method === 'password') return { user: await this.login.byPassword(proof.user, proof.password) };
    const from = this.bearer(proof.token);
    return { user: from.user, from };
  }

  private scopeOf(user: User, reference: NonNullable<AuthRequest['project']>): Project {
    const project = this.users.project(reference);
    if (!project || !user.roles.get(project.id)?.length) throw new NotProven({ reason: 'project', userId: user.id });
    return project;
  }

  private bearer(token: string | undefined): Grant {
    const grant = token === undefined ? null : this.tokens.open(token);
    if (grant === null) throw new NotProven(token === undefined ? null : { reason: 'token', userId: null });
    return grant;
  }

  private withToken(reply: FastifyReply, token: string, grant: Grant) {
    reply.header('x-subject-token', token).header('vary', 'X-Auth-Token').header('cache-control', 'no-store');
    return tokenDocument(grant, this.places);
  }
}
