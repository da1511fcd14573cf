chdir(@TOP@)
