package main

import (
	"context"
	"net/http"
	"sort"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
)

func pointer[T any](value T) *T { return &value }

func made(ctx context.Context, who person, opts images.CreateOpts) *images.Image {
	if opts.Name == "" {
		opts.Name = "gophercloud"
	}
	if opts.DiskFormat == "" {
		opts.DiskFormat, opts.ContainerFormat = "raw", "bare"
	}
	return must(images.Create(ctx, who.images, opts).Extract())
}

func shown(ctx context.Context, who person, id string) *images.Image {
	return must(images.Get(ctx, who.images, id).Extract())
}

func checkImages(ctx context.Context, demo, alt person) {
	update := func(who person, id string, patches ...images.Patch) (*images.Image, error) {
		return images.Update(ctx, who.images, id, images.UpdateOpts(patches)).Extract()
	}

	check("create with all options, show", func() {
		created := made(ctx, demo, images.CreateOpts{
			Name: "all", Tags: []string{"b", "a"}, MinDisk: 1, MinRAM: 2, Protected: pointer(false), Hidden: pointer(true),
			Visibility: pointer(images.ImageVisibilityPrivate), Properties: map[string]string{"team": "blue"},
		})
		image := shown(ctx, demo, created.ID)
		equal([]any{image.Name, image.MinDiskGigabytes, image.MinRAMMegabytes, image.Hidden}, []any{"all", 1, 2, true})
		sort.Strings(image.Tags)
		equal(image.Tags, []string{"a", "b"})
		equal(image.Properties["team"], any("blue"))
		equal(image.Visibility, images.ImageVisibilityPrivate)
		equal(image.Status, images.ImageStatusQueued)
		equal(image.Owner, demo.project)
	})
	check("what was never set is the zero value", func() {
		image := made(ctx, demo, images.CreateOpts{})
		equal([]any{image.Checksum, image.SizeBytes, image.VirtualSize}, []any{"", int64(0), int64(0)})
	})
	check("times are read, and the headers of a creation", func() {
		image := made(ctx, demo, images.CreateOpts{})
		if image.CreatedAt.IsZero() || image.UpdatedAt.Before(image.CreatedAt) {
			fail("created %v, updated %v", image.CreatedAt, image.UpdatedAt)
		}
		equal(len(image.OpenStackImageStoreIDs) <= 1, true)
	})
	check("an id of one's own, once", func() {
		image := made(ctx, demo, images.CreateOpts{})
		opts := images.CreateOpts{Name: "again", ID: image.ID}
		refused(http.StatusConflict, images.Create(ctx, demo.images, opts).Err)
	})
	check("public is refused to a user, a wrong format to everybody", func() {
		opts := images.CreateOpts{Name: "no", Visibility: pointer(images.ImageVisibilityPublic)}
		refused(http.StatusForbidden, images.Create(ctx, demo.images, opts).Err)
		refused(http.StatusBadRequest, images.Create(ctx, demo.images, images.CreateOpts{Name: "no", DiskFormat: "floppy"}).Err)
	})
	check("update: every patch that it has", func() {
		id := made(ctx, demo, images.CreateOpts{Properties: map[string]string{"old": "1", "gone": "2"}}).ID
		image := must(update(demo, id,
			images.ReplaceImageName{NewName: "new"}, images.ReplaceImageTags{NewTags: []string{"t"}},
			images.ReplaceImageMinDisk{NewMinDisk: 3}, images.ReplaceImageMinRam{NewMinRam: 4},
			images.ReplaceImageHidden{NewHidden: true}, images.ReplaceImageProtected{NewProtected: true},
			images.UpdateVisibility{Visibility: images.ImageVisibilityCommunity},
			images.UpdateImageProperty{Op: images.AddOp, Name: "added", Value: "x"},
			images.UpdateImageProperty{Op: images.ReplaceOp, Name: "old", Value: "y"},
			images.UpdateImageProperty{Op: images.RemoveOp, Name: "gone"}))
		equal([]any{image.Name, image.MinDiskGigabytes, image.MinRAMMegabytes, image.Hidden, image.Protected},
			[]any{"new", 3, 4, true, true})
		equal([]any{image.Properties["added"], image.Properties["old"], image.Properties["gone"]}, []any{"x", "y", nil})
		equal(image.Visibility, images.ImageVisibilityCommunity)
		equal(image.Tags, []string{"t"})
		must(update(demo, id, images.ReplaceImageProtected{NewProtected: false}))
	})
	check("update: what is refused", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		_, err := update(demo, id, images.ReplaceImageChecksum{Checksum: "0"})
		refused(http.StatusForbidden, err)
		_, err = update(demo, id, images.UpdateImageProperty{Op: images.RemoveOp, Name: "none"})
		refused(http.StatusConflict, err)
		_, err = update(alt, id, images.ReplaceImageName{NewName: "mine"})
		refused(http.StatusNotFound, err)
	})
	check("delete, and show or delete again", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		refused(http.StatusNotFound, images.Delete(ctx, alt.images, id).Err)
		done(images.Delete(ctx, demo.images, id).ExtractErr())
		refused(http.StatusNotFound, images.Get(ctx, demo.images, id).Err)
		refused(http.StatusNotFound, images.Delete(ctx, demo.images, id).Err)
	})
	check("a protected image is not deleted", func() {
		id := made(ctx, demo, images.CreateOpts{Protected: pointer(true)}).ID
		refused(http.StatusForbidden, images.Delete(ctx, demo.images, id).Err)
	})
}
