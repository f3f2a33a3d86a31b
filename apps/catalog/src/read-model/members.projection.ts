import { streamId, type AppendedEvent, type MemberEvent } from '@cloud-images/contracts';
import type { SqlExecutor } from '@cloud-images/event-store';

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

const statuses = ['pending', 'accepted', 'rejected'] as const;

/** The catalog's copy of who an image is shared with: foreign facts, in the order of their stream. */
export const membersProjection = {
  name: 'catalog.members.v1',
  async apply(sql: SqlExecutor, event: AppendedEvent<MemberEvent>): Promise<void> {
    // After a purge the members stay: what one of them could see still positions its pages.
    if (event.type === 'MembershipClosed') return;
    const { member_id: member, to } = event.data;
    const image = streamId(event.stream);
    await Promise.all([
      sql.query(lockImage, [image], 'members:lock'),
      to === null
        ? sql.query(dropMember, [image, member], 'members:drop')
        : sql.query(putMember, [image, member, to], 'members:put'),
      sql.query(hideFromMember, [image, statuses.map((status) => `share:${member}:${status}`)], 'members:hide'),
      sql.query(showToMember, [image, member], 'members:show'),
    ]);
  },
};
