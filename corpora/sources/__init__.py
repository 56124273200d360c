"""Where records come from: lists, tables, archives and folders of files. Which of these a file is, its name says."""
