/* SPDX-License-Identifier: Apache-2.0 */
/* paths.h - the folders and files that several parts share, below the sysroot. */
#ifndef AGENT_BASE_PATHS_H
#define AGENT_BASE_PATHS_H

/* prehup's own. */
#define PATH_SETTINGS "/etc/prehup"
#define PATH_STATE    "/var/lib/prehup"
#define PATH_INSTANCE_FILE                                                                         \
	PATH_STATE "/instance.json" /* exists if bootstrap unpacked the user-data */
#define PATH_RUN  "/run/prehup"
#define PATH_LOCK PATH_RUN "/lock"

/* cfn-hup's. */
#define PATH_CFN       "/etc/cfn"
#define PATH_CFN_MAIN  PATH_CFN "/cfn-hup.conf"
#define PATH_CFN_HOOKS PATH_CFN "/hooks.conf"
#define PATH_CFN_DIR   PATH_CFN "/hooks.d"

/* Written by Heat's user-data. */
#define PATH_HEAT           "/var/lib/heat-cfntools"
#define PATH_HEAT_SERVER    PATH_HEAT "/cfn-metadata-server"
#define PATH_HEAT_BOTO      PATH_HEAT "/cfn-boto-cfg"
#define PATH_HEAT_INIT_DATA PATH_HEAT "/cfn-init-data"

/* cloud-init's. */
#define PATH_CLOUD           "/var/lib/cloud"
#define PATH_CLOUD_INIT_DATA PATH_CLOUD "/data/cfn-init-data"

/* os-collect-config's. */
#define PATH_OCC_SETTINGS "/etc/os-collect-config.conf"
#define PATH_OCC_STATE    "/var/lib/os-collect-config"
#define PATH_OCC_LOCAL    PATH_OCC_STATE "/local-data"

#endif
