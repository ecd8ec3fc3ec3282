"""Contracts of every table that crosses a stage, a module a stage: file, meaning, columns, types and key."""
