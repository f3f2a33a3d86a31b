import { streamId, type AppendedEvent, type MemberEvent } from '@cloud-images/contracts';
import type { ForeignProjection, SqlExecutor } from '@cloud-images/event-store';
import { principal } from '@cloud-images/image-model';

// The document first: whoever changes an image's visibility rows holds its lock (see images.projection).
const lockImage = 'SELECT 1 FROM images WHERE id = $1 FOR UPDATE';
const putMember = `
INSERT INTO image_members (image_id, member_id, status) VALUES ($1, $2, $3)
ON CONFLICT (image_id, member_id) DO UPDATE SET status = excluded.status`;
const dropMember = 'DELETE FROM image_members WHERE image_id = $1 AND member_id = $2';
const hideFromMember = `
DELETE FROM visible_images v USING images i
WHERE i.id = $1 AND v.principal = ANY ($2::text[]) AND v.os_hidden = i.os_hidden AND v.created_at = i.created_at
  AND v.id = i.id`;
// Gives no row of an image that is unknown here, deleted, or not shared: the fact waits in `image_members`.
const showToMember = `
INSERT INTO visible_images (principal, os_hidden, created_at, id)
SELECT 'share:' || m.member_id || ':' || m.status, i.os_hidden, i.created_at, i.id
FROM image_members m JOIN images i ON i.id = m.image_id
WHERE m.image_id = $1 AND m.member_id = $2 AND i.listed AND i.visibility = 'shared'`;

// A stream that begins anew (it had diverged from its owner's) leaves nothing of what was believed before.
const hideFromAll = `
DELETE FROM visible_images v USING images i, image_members m
WHERE i.id = $1 AND m.image_id = i.id AND v.principal = 'share:' || m.member_id || ':' || m.status
  AND v.os_hidden = i.os_hidden AND v.created_at = i.created_at AND v.id = i.id`;
const dropMembers = 'DELETE FROM image_members WHERE image_id = $1';

const statuses = ['pending', 'accepted', 'rejected'] as const;

/** The catalog's copy of who an image is shared with: foreign facts, in the order of their stream. */
export const membersProjection: ForeignProjection = {
  name: 'catalog.members.v1',
  async apply(sql: SqlExecutor, event: AppendedEvent<MemberEvent>): Promise<void> {
    // After a purge the members stay: what one of them could see still positions its pages.
    if (event.type === 'MembershipClosed') return;
    const { member_id: member, to } = event.data;
    const image = streamId(event.stream);
    void sql.query(lockImage, [image], 'members:lock');
    if (event.version === 1) {
      void sql.query(hideFromAll, [image], 'members:hide-all');
      void sql.query(dropMembers, [image], 'members:drop-all');
    }
    if (to === null) void sql.query(dropMember, [image, member], 'members:drop');
    else void sql.query(putMember, [image, member, to], 'members:put');
    const keys = statuses.map((status) => principal.share(member, status));
    void sql.query(hideFromMember, [image, keys], 'members:hide');
    void sql.query(showToMember, [image, member], 'members:show');
  },
};
