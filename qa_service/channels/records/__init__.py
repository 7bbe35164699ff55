"""Records: tables of call details and survey answers as other systems export them, read row by row; a faulty row is told and left out."""
