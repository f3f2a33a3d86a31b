import type { MemberStatus } from '@cloud-images/image-model';
import { IsIn, IsString, Length, Matches } from 'class-validator';

/** The body of `POST …/members`. */
export class AddMemberBody {
  /** Project id of the consumer. */
  @IsString({ message: "'member' must be the id of a project." })
  @Length(1, 255, { message: "'member' must have 1 to 255 characters." })
  @Matches(/^[^\u0000-\u001f\ud800-\udfff]*$/, { message: "'member' must not have control characters." })
  member!: string;
}

/** The body of `PUT …/members/{member}`. */
export class UpdateMemberBody {
  @IsIn(['pending', 'accepted', 'rejected'], { message: "'status' is one of pending, accepted, rejected." })
  status!: MemberStatus;
}
