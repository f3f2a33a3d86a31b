import { Inject, Injectable } from '@nestjs/common';
import { imageNotFound, imageStream, Refusal, type ImageEvent } from '@cloud-images/contracts';
import type { Command, Handled, SqlExecutor } from '@cloud-images/event-store';
import { metadataOf, type CallerContext } from '@cloud-images/service-kit';
import type { MemberStatus } from './image/access.js';
import { membershipMatters, type Caller } from './image/addressed.js';
import type { Image, ImageState } from './image/image.js';
import { READ_MODEL } from './read-model/tokens.js';
import { IMAGES, type Images } from './tokens.js';

type At = Parameters<Command<ImageState, ImageEvent>['decide']>[1];
type Alongside = NonNullable<Command<ImageState, ImageEvent>['alongside']>;

export interface ImageCommand {
  /** As in the path: any text. */
  readonly imageId: string;
  readonly decide: (state: ImageState, caller: Caller, at: At) => readonly ImageEvent[];
  readonly before?: NonNullable<Command<ImageState, ImageEvent>['before']>;
  readonly alongside?: Alongside;
}

export interface ChangedImage extends Handled<ImageState, ImageEvent> {
  readonly state: Image;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Commands of users on one image that exists. */
@Injectable()
export class ImageCommands {
  constructor(
    @Inject(IMAGES) private readonly images: Images,
    @Inject(READ_MODEL) private readonly sql: SqlExecutor,
  ) {}

  /**
   * Decides as the caller. Owner and admin, who alone can succeed, cost no look-up: only when a shared image is refused to
   * somebody else is the membership asked for, to tell "forbidden" from "not found".
   */
  async run(caller: CallerContext, command: ImageCommand): Promise<ChangedImage> {
    if (!uuid.test(command.imageId)) throw imageNotFound();
    let undecided = false;
    const attempt = (member: MemberStatus | null) =>
      this.handle(caller, command, (state, at) => {
        const who: Caller = { identity: caller.identity, member };
        undecided = membershipMatters(state, who);
        return command.decide(state, who, at);
      });
    try {
      return await attempt(null);
    } catch (error) {
      const member = undecided && error instanceof Refusal ? await this.memberStatus(caller, command.imageId) : null;
      if (member === null) throw error;
      return attempt(member);
    }
  }

  private async handle(
    caller: CallerContext,
    { imageId, before, alongside }: ImageCommand,
    decide: (state: ImageState, at: At) => readonly ImageEvent[],
  ): Promise<ChangedImage> {
    const handled = await this.images.handle({
      stream: imageStream(imageId),
      metadata: metadataOf(caller),
      context: caller.context,
      decide,
      ...(before ? { before } : {}),
      ...(alongside ? { alongside } : {}),
    });
    const { state } = handled;
    if (!state.exists) throw imageNotFound();
    return { ...handled, state };
  }

  private async memberStatus({ identity }: CallerContext, imageId: string): Promise<MemberStatus | null> {
    const { rows } = await this.sql.query<{ status: MemberStatus }>(
      'SELECT status FROM image_members WHERE image_id = $1 AND member_id = $2',
      [imageId, identity.project],
      'member:status',
    );
    return rows[0]?.status ?? null;
  }
}
