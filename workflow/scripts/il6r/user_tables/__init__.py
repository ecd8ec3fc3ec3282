"""Tables that users give: text, Excel, SPSS and Stata, read as cells of text by one reader (`table`)."""
