package main

import (
	"context"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
	"github.com/gophercloud/gophercloud/v2/pagination"
)

// Every list here is of a tag of its own, so that what others made does not matter.
const listTag = "gophercloud-list"

func checkLists(ctx context.Context, demo, alt person) {
	names := []string{"go-c", "go-a", "go-b"}
	var made3 []*images.Image
	for place, name := range names {
		tags := []string{listTag}
		if place > 0 {
			tags = append(tags, "later")
		}
		made3 = append(made3, made(ctx, demo, images.CreateOpts{Name: name, Tags: tags, MinRAM: place}))
	}
	listed := func(opts images.ListOpts) []string {
		opts.Tags = append(opts.Tags, listTag)
		pages := must(images.List(demo.images, opts).AllPages(ctx))
		found := []string{}
		for _, image := range must(images.ExtractImages(pages)) {
			found = append(found, image.Name)
		}
		return found
	}

	check("list: newest first, and every page of one", func() {
		equal(listed(images.ListOpts{}), []string{"go-b", "go-a", "go-c"})
		equal(listed(images.ListOpts{Limit: 1}), []string{"go-b", "go-a", "go-c"})
	})
	check("list: page by page keeps both tags", func() {
		var pages [][]string
		pager := images.List(demo.images, images.ListOpts{Limit: 1, Tags: []string{listTag, "later"}})
		done(pager.EachPage(ctx, func(_ context.Context, page pagination.Page) (bool, error) {
			var found []string
			for _, image := range must(images.ExtractImages(page)) {
				found = append(found, image.Name)
			}
			pages = append(pages, found)
			return true, nil
		}))
		equal(pages, [][]string{{"go-b"}, {"go-a"}})
	})
	check("list: sort, and sort_key with sort_dir", func() {
		equal(listed(images.ListOpts{Sort: "name:asc", Limit: 2}), []string{"go-a", "go-b", "go-c"})
		equal(listed(images.ListOpts{SortKey: "name", SortDir: "desc"}), []string{"go-c", "go-b", "go-a"})
	})
	check("list: a marker", func() {
		equal(listed(images.ListOpts{Marker: made3[1].ID}), []string{"go-c"})
	})
	check("list: by id, name, status, owner, format, visibility", func() {
		equal(listed(images.ListOpts{ID: made3[0].ID}), []string{"go-c"})
		equal(listed(images.ListOpts{Name: "go-a"}), []string{"go-a"})
		equal(len(listed(images.ListOpts{Status: "in:queued,saving"})), 3)
		equal(len(listed(images.ListOpts{Owner: demo.project})), 3)
		equal(len(listed(images.ListOpts{DiskFormat: "in:raw,iso", ContainerFormat: "bare"})), 3)
		equal(listed(images.ListOpts{DiskFormat: "iso"}), []string{})
		equal(len(listed(images.ListOpts{Visibility: images.ImageVisibilityShared})), 3)
		equal(listed(images.ListOpts{Hidden: true}), []string{})
		// It does not send its SizeMin and SizeMax: its query strings know no int64.
	})
	check("list: by time", func() {
		at := func(filter images.ImageDateFilter, when time.Time) *images.ImageDateQuery {
			return &images.ImageDateQuery{Filter: filter, Date: when}
		}
		equal(len(listed(images.ListOpts{CreatedAtQuery: at(images.FilterGTE, made3[0].CreatedAt)})), 3)
		equal(listed(images.ListOpts{UpdatedAtQuery: at(images.FilterLT, made3[0].CreatedAt)}), []string{})
	})
	check("list: what is refused", func() {
		_, err := images.List(demo.images, images.ListOpts{Sort: "colour:asc"}).AllPages(ctx)
		refused(http.StatusBadRequest, err)
	})
	check("list: another project sees none of them", func() {
		pages := must(images.List(alt.images, images.ListOpts{Tags: []string{listTag}}).AllPages(ctx))
		equal(len(must(images.ExtractImages(pages))), 0)
	})
}
