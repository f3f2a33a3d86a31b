package main

import (
	"context"
	"net/http"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/members"
)

func checkMembers(ctx context.Context, demo, alt person) {
	shared := func() string {
		id := made(ctx, demo, images.CreateOpts{}).ID
		must(members.Create(ctx, demo.images, id, alt.project).Extract())
		return id
	}
	answer := func(who person, id, status string) error {
		return members.Update(ctx, who.images, id, alt.project, members.UpdateOpts{Status: status}).Err
	}

	check("member: create, get, list", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		member := must(members.Create(ctx, demo.images, id, alt.project).Extract())
		equal([]string{member.MemberID, member.ImageID, member.Status}, []string{alt.project, id, "pending"})
		equal(must(members.Get(ctx, demo.images, id, alt.project).Extract()).Status, "pending")
		pages := must(members.List(demo.images, id).AllPages(ctx))
		equal(len(must(members.ExtractMembers(pages))), 1)
	})
	check("member: update by the member; the list follows", func() {
		id := shared()
		for _, status := range []string{"accepted", "rejected", "pending"} {
			done(answer(alt, id, status))
			opts := images.ListOpts{MemberStatus: images.ImageMemberStatus(status), Visibility: images.ImageVisibilityShared, ID: id}
			pages := must(images.List(alt.images, opts).AllPages(ctx))
			equal(len(must(images.ExtractImages(pages))), 1)
		}
	})
	check("member: refused to the owner, twice, of a private image", func() {
		id := shared()
		refused(http.StatusForbidden, answer(demo, id, "accepted"))
		refused(http.StatusConflict, members.Create(ctx, demo.images, id, alt.project).Err)
		private := made(ctx, demo, images.CreateOpts{Visibility: pointer(images.ImageVisibilityPrivate)}).ID
		refused(http.StatusForbidden, members.Create(ctx, demo.images, private, alt.project).Err)
	})
	check("member: delete ends the access", func() {
		id := shared()
		equal(shown(ctx, alt, id).ID, id)
		refused(http.StatusForbidden, members.Delete(ctx, alt.images, id, alt.project).Err)
		done(members.Delete(ctx, demo.images, id, alt.project).ExtractErr())
		refused(http.StatusNotFound, images.Get(ctx, alt.images, id).Err)
		refused(http.StatusNotFound, members.Delete(ctx, demo.images, id, alt.project).Err)
	})
}
