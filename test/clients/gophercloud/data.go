package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"

	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/imagedata"
	"github.com/gophercloud/gophercloud/v2/openstack/image/v2/images"
)

func checkData(ctx context.Context, demo, alt person) {
	data := bytes.Repeat([]byte("of an image "), 10_000)
	upload := func(who person, id string, content []byte) error {
		return imagedata.Upload(ctx, who.images, id, bytes.NewReader(content)).ExtractErr()
	}

	check("upload, show, download", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		done(upload(demo, id, data))
		image := shown(ctx, demo, id)
		sum := md5.Sum(data)
		equal([]any{image.Status, image.SizeBytes, image.Checksum},
			[]any{images.ImageStatusActive, int64(len(data)), hex.EncodeToString(sum[:])})
		reader := must(imagedata.Download(ctx, demo.images, id).Extract())
		defer reader.Close()
		equal(bytes.Equal(must(io.ReadAll(reader)), data), true)
	})
	check("upload: twice, of another format, of nothing", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		done(upload(demo, id, []byte{}))
		equal(shown(ctx, demo, id).Status, images.ImageStatusActive)
		refused(http.StatusConflict, upload(demo, id, data))
		iso := made(ctx, demo, images.CreateOpts{DiskFormat: "iso", ContainerFormat: "bare"}).ID
		refused(http.StatusUnsupportedMediaType, upload(demo, iso, data))
		equal(shown(ctx, demo, iso).Status, images.ImageStatusQueued)
	})
	check("upload and download by another project", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		refused(http.StatusNotFound, upload(alt, id, data))
		done(upload(demo, id, data))
		refused(http.StatusNotFound, imagedata.Download(ctx, alt.images, id).Err)
	})
	check("download of an image without data", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		result := imagedata.Download(ctx, demo.images, id)
		// 204 is no answer that it expects.
		refused(http.StatusNoContent, result.Err)
	})
	check("stage", func() {
		id := made(ctx, demo, images.CreateOpts{}).ID
		done(imagedata.Stage(ctx, demo.images, id, bytes.NewReader(data)).ExtractErr())
		refused(http.StatusConflict, imagedata.Stage(ctx, demo.images, id, bytes.NewReader(data)).ExtractErr())
	})
}
