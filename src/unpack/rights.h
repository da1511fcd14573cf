/*
 * rights: who may do what with a directory, given to another one.
 *
 * Permission bits say little by themselves: those of the group are of one
 * group or of another, and with an ACL they are its mask, which may be more
 * than the group has (acl(5)).  So group and ACLs come first.
 */
#ifndef XZB_RIGHTS_H
#define XZB_RIGHTS_H

#include <sys/stat.h>
#include <sys/types.h>

/*
 * Give the user's directory behind fd the group, the ACLs of the directory
 * behind acl_fd (none with -1, whatever fd has inherited), and the permission
 * bits `mode`.  If group or ACLs may not be given, it gets these bits without
 * the group's and set-group-ID.  0, or an errno.
 */
int rights_give(int fd, gid_t group, int acl_fd, mode_t mode);

#endif
