// Checks of gophercloud, which Terraform, Packer and Kubernetes use: every call that it has for images, their data and
// their members. Prints one JSON line per check: {"what": ..., "problem": null or a text}.
package main

import (
	"context"
	"os"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

type person struct {
	images  *gophercloud.ServiceClient
	project string
}

func login(ctx context.Context, user string) person {
	provider := must(openstack.AuthenticatedClient(ctx, gophercloud.AuthOptions{
		IdentityEndpoint: os.Getenv("CLIENTS_URL") + "/identity/v3",
		Username:         user,
		Password:         "secret",
		DomainID:         "default",
		TenantName:       user,
	}))
	client := must(openstack.NewImageV2(provider, gophercloud.EndpointOpts{Region: "RegionOne"}))
	project := must(provider.GetAuthResult().(tokens.CreateResult).ExtractProject())
	return person{client, project.ID}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	demo, alt := login(ctx, "demo"), login(ctx, "alt")
	checkImages(ctx, demo, alt)
	checkLists(ctx, demo, alt)
	checkData(ctx, demo, alt)
	checkMembers(ctx, demo, alt)
}
