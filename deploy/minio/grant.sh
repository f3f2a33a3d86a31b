#!/bin/sh
# The compose file's step after MinIO: a user each for the services that reach it, who may do what their policy says and
# no more. Run again it changes nothing that is right.
set -e
secret() { cat "/run/secrets/$1"; }

# Secrets come after --, for one that begins with a dash would be taken for an option.
mc --quiet alias set -- store http://minio:9000 "$(secret s3-access-key)" "$(secret s3-secret-key)"
for who in gateway catalog task-worker audit; do
  user=cloud-images-$who
  mc --quiet admin user add -- store "$user" "$(secret "s3-$who-key")"
  mc --quiet admin policy create store "$user" "/mnt/minio/$who-policy.json"
  # Attaching what is attached is an error of its own.
  mc --quiet admin policy attach store "$user" --user "$user" || mc admin user info store "$user" | grep -q "PolicyName: $user"
done
